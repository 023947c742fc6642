# One image for every role of Duralog: engine, command line, and (target `greeting`) the example's worker.
# Not yet built or run: it was written where there is no container engine. tests/test_compose.py checks
# what can be checked without one.
#
#   docker build -t duralog .                       engine and command line
#   docker build -t duralog-greeting --target greeting .

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/build.txt requirements/server.txt requirements/
RUN python -m venv /opt/build && python -m venv /opt/duralog \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && /opt/duralog/bin/pip install --no-cache-dir --require-hashes -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY orchestrator/duralog orchestrator/duralog
COPY schemas/duralog schemas/duralog
COPY state/duralog state/duralog
COPY workers/duralog workers/duralog
COPY connectors/duralog connectors/duralog
# The wheel, not the sources: what runs here is what users install.
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /src/dist \
    && /opt/duralog/bin/pip install --no-cache-dir --no-deps --no-index /src/dist/*.whl

FROM python:3.13-slim AS runtime
# A fixed number, so that a volume's owner is known to those who mount it.
RUN groupadd --gid 10001 duralog \
    && useradd --uid 10001 --gid duralog --no-create-home --home-dir /var/lib/duralog duralog \
    && install --directory --owner duralog --group duralog /var/lib/duralog
COPY --from=build /opt/duralog /opt/duralog
# The image can run on a read-only file system: only /var/lib/duralog (state) and /tmp are written.
ENV PATH=/opt/duralog/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /var/lib/duralog
VOLUME /var/lib/duralog
USER 10001:10001
# Stopping in order commits what was processed; it needs the signal Python hears.
STOPSIGNAL SIGTERM
ENTRYPOINT ["duralog"]
CMD ["--help"]

FROM runtime AS greeting
USER root
COPY requirements/greeting.txt /tmp/greeting.txt
RUN /opt/duralog/bin/pip install --no-cache-dir --require-hashes -r /tmp/greeting.txt \
    && rm /tmp/greeting.txt
COPY examples/greeting /opt/greeting
USER 10001:10001
ENTRYPOINT ["python"]
CMD ["/opt/greeting/worker.py"]

# The last stage is what a plain `docker build` makes.
FROM runtime
