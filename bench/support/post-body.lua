-- Makes wrk send the same body with every request.
wrk.method = "POST"
wrk.body = os.getenv("BODY")
