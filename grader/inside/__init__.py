"""What runs inside the box, beside a student's code: data sets, recorder, predictor. Imports nothing of ours from outside."""
