mod common;
use common::*;
use oddframe_score::*;
use std::hint::black_box;
fn main(){ let all=Batch::all(); let t=TopKPatches::new(16,16,TopK::Count(1)).unwrap();
 for (b,reps) in all.iter().zip([400,200,50,10,1]) {
 let mut best=f64::MAX; let mut bs=f64::MAX; let mut bm=f64::MAX;
 let run = |ch: Channels| { for p in Pair::batch(black_box(&b.input),black_box(&b.reconstruction),b.channels,b.side,b.side).unwrap() { black_box(t.pool_pair(black_box(p),Distance::Squared,ch)); } };
 for _ in 0..300 { let s=std::time::Instant::now();
 for _ in 0..reps { run(Channels::Mean); }
 best=best.min(s.elapsed().as_secs_f64()/reps as f64);
 let s=std::time::Instant::now();
 for _ in 0..reps { run(Channels::Max); }
 bm=bm.min(s.elapsed().as_secs_f64()/reps as f64);
 let s=std::time::Instant::now();
 for _ in 0..reps { black_box(plain_sum(black_box(&b.input),black_box(&b.reconstruction))); }
 bs=bs.min(s.elapsed().as_secs_f64()/reps as f64);}
 print!("{:.2} {:.2} ({:.2} us) | ", bs/best, bs/bm, bs*1e6); } println!("best");}
