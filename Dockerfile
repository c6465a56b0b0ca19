# A public host: no program runs without the full wall. Build with `docker build -t visualiser .`,
# run with `docker run -p 8501:8501 visualiser`; Docker's own seccomp profile is fine.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make python3-venv tini \
    libseccomp2 libglib2.0-0 libxext6 libxrender1 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
# The index of torch without CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN make install && useradd --system --no-create-home visualiser
# Not the owner of its own code; a home that may be lost.
USER visualiser
# A picture of 2,000 boxes is 4.6 MB of text: little, packed, on the way to someone far away.
ENV VIZ_APP_SANDBOX=required HOME=/tmp STREAMLIT_SERVER_ENABLE_WEBSOCKET_COMPRESSION=true
EXPOSE 8501
# Somebody must wait for orphans, should the engine be killed in the middle of a run.
ENTRYPOINT ["tini", "--"]
CMD [".venv/bin/streamlit", "run", "viz_app/app.py", "--server.port", "8501", "--server.address", "0.0.0.0"]
