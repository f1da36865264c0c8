#!/bin/sh
# Scores the videos of a data set with a Slurm job array, one share for each task, and finishes the run after the last one:
#
#     job=$(sbatch --parsable --array=1-8 deploy/slurm.sh MODEL DATA RUN 8)
#     sbatch --dependency=afterok:$job --wrap "oddframe finish RUN"
#
# Some tasks again, of the same 8: sbatch --array=3,5 deploy/slurm.sh MODEL DATA RUN 8
#SBATCH --job-name=oddframe
#SBATCH --cpus-per-task=4
set -eu
model=$1 data=$2 run=$3 shares=$4
exec oddframe score "$model" --data "$data" --out "$run" --shard "$SLURM_ARRAY_TASK_ID/$shares"
