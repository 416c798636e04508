"""What bench_mlflow.py is made of: the servers, what is put into them, and what is asked of them."""
