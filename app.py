from occ.factory import create_app

app = create_app()

if __name__ == "__main__":
    from occ.scheduler.server import serve

    serve(app)
