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
# The user who runs it can't write what Python compiles. A few modules are meant not to compile.
RUN make install courses \
 && { .venv/bin/python -m compileall -qq --workers=0 viz_app .venv/lib || true; }
# A user without rights or a name, who does not own the app's code. Nothing is written but in /tmp:
# `docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges` is fine.
USER 10001:10001
# A picture of 2,000 boxes is 4.6 MB of text, which compresses well for distant visitors.
ENV VIZ_APP_SANDBOX=required HOME=/tmp STREAMLIT_SERVER_ENABLE_WEBSOCKET_COMPRESSION=true
EXPOSE 8501
# Healthy once the engine is warm: it imports torch, up to two minutes on a cold disk.
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s --retries=3 \
    CMD [".venv/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/readyz', timeout=4)"]
# An init process must reap orphans, should the engine be killed in the middle of a run.
ENTRYPOINT ["tini", "--"]
CMD [".venv/bin/streamlit", "run", "viz_app/app.py", "--server.port", "8501", "--server.address", "0.0.0.0"]
