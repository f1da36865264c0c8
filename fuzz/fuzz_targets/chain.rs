//! Any text as a chain: an error that can be shown, or a chain that prints as text of the same meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oddframe_post::Chain;

fuzz_target!(|text: &str| {
    match text.parse::<Chain>() {
        Ok(chain) => {
            let printed = chain.to_string();
            let again = printed.parse::<Chain>().expect("a printed chain parses");
            assert_eq!(again.to_string(), printed);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
