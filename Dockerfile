# syntax=docker/dockerfile:1
#   docker build --target cpu --tag atelier .         any machine
#   docker build --target gpu --tag atelier:gpu .     NVIDIA GPUs; the host needs the NVIDIA Container Toolkit

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_CACHE_DIR=/var/cache/pip \
    PIP_ROOT_USER_ACTION=ignore \
    ATELIER_DATA_DIR=/data \
    ATELIER_HTTP__PORT=8080
RUN groupadd --gid 10001 atelier \
    && useradd --uid 10001 --gid atelier --home-dir /data --no-create-home --shell /usr/sbin/nologin atelier \
    && groupadd --gid 10002 painter \
    && useradd --uid 10002 --gid painter --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin painter \
    && install --directory --owner=atelier --group=atelier --mode=700 /data
WORKDIR /app
VOLUME /data
# The bot handles SIGTERM and reaps its children itself, so it needs no init process.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=4 CMD ["python", "docker/health.py"]
# Starts as root and drops it at once: the bot runs as atelier, its workers as painter.
ENTRYPOINT ["/app/docker/start.sh"]
CMD ["run"]

FROM base AS cpu
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=bind,source=requirements-cpu.lock,target=/tmp/requirements.lock \
    pip install --require-hashes --requirement /tmp/requirements.lock
COPY . .
RUN python -m compileall -q bot config stylizer

FROM base AS gpu
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=bind,source=requirements-gpu.lock,target=/tmp/requirements.lock \
    pip install --require-hashes --requirement /tmp/requirements.lock
COPY . .
RUN python -m compileall -q bot config stylizer
