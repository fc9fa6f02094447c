# An image with the binary that ships, and nothing of the toolchain that built it.
#
#   docker build -t portico . && docker run -p 8080:8080 -v "$PWD/public:/srv/public:ro" portico
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends zlib1g-dev libbrotli-dev libzstd-dev curl
WORKDIR /portico
COPY . .
RUN scripts/build

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home portico && install -d -o portico -g portico /srv /srv/logs
COPY --from=build /portico/.build/portico /usr/bin/portico
COPY --from=build /portico/public /srv/public
WORKDIR /srv
USER portico
EXPOSE 8080
# Stopped by SIGTERM, which lets running requests end.
ENTRYPOINT ["/usr/bin/portico"]
CMD ["serve"]
