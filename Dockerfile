# A public host: no program runs without the full wall. Build with `docker build -t visualiser .`,
# run with `docker run -p 8501:8501 visualiser`; Docker's own seccomp profile is fine.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make python3-venv tini \
    libseccomp2 libglib2.0-0 libxext6 libxrender1 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
# torch's index without CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN make install courses && useradd --system --no-create-home visualiser
# A user that does not own the app's code, with a disposable home.
USER visualiser
# A picture of 2,000 boxes is 4.6 MB of text, which compresses well for distant visitors.
ENV VIZ_APP_SANDBOX=required HOME=/tmp STREAMLIT_SERVER_ENABLE_WEBSOCKET_COMPRESSION=true
EXPOSE 8501
# An init process must reap orphans, should the engine be killed in the middle of a run.
ENTRYPOINT ["tini", "--"]
CMD [".venv/bin/streamlit", "run", "viz_app/app.py", "--server.port", "8501", "--server.address", "0.0.0.0"]
