# support-gateway in one container: every process, SQLite, one volume.
#
#   docker build -t support-gateway .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -v gateway-data:/var/lib/gateway -v ./config:/etc/gateway:ro -p 25:2525 -p 8025:8025 support-gateway
#
# The image holds the starter configuration; mount your own over /etc/gateway. `docker stop -t 15` lets every session end in order.

FROM python:3.11-slim AS build
COPY requirements.lock /build/requirements.lock
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --only-binary :all: -r /build/requirements.lock
COPY gateway /srv/gateway/gateway
COPY templates /srv/gateway/templates
COPY config /srv/gateway/config
RUN /opt/venv/bin/python -m compileall -q /opt/venv/lib /srv/gateway/gateway

FROM python:3.11-slim
RUN mkdir -p /var/lib/gateway /etc/gateway && chown 10001:10001 /var/lib/gateway && chmod 700 /var/lib/gateway
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/gateway /srv/gateway
COPY config /etc/gateway
ENV PYTHONPATH=/srv/gateway \
    PYTHONDONTWRITEBYTECODE=1 \
    GATEWAY_CONFIG=/etc/gateway/gateway.yaml \
    GATEWAY__DATA_DIR=/var/lib/gateway \
    GATEWAY__SMTP__LISTEN=0.0.0.0:2525 \
    GATEWAY__WEB__LISTEN=0.0.0.0:8025
USER 10001:10001
WORKDIR /var/lib/gateway
VOLUME /var/lib/gateway
EXPOSE 2525 8025
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["/opt/venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8025/healthz', timeout=4)"]
ENTRYPOINT ["/opt/venv/bin/python", "-P", "-m", "gateway"]
CMD ["serve"]
