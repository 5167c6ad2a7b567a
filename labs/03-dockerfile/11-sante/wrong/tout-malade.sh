# raison: sain
# Interroge le mauvais port : tout le monde passe pour malade.
predire running
cat > sante/Dockerfile <<'FIN'
FROM busybox
COPY --chmod=755 www /www
EXPOSE 8080
USER escale
HEALTHCHECK --interval=1s --timeout=2s --retries=2 CMD wget -q -O /dev/null http://127.0.0.1/cgi-bin/sante || exit 1
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE} sante
docker run -d --name ${SAIN} ${IMAGE}
docker run -d --name ${MALADE} ${IMAGE}
docker exec ${MALADE} touch /tmp/panne
until docker inspect -f '{{.State.Health.Status}}' ${SAIN} | grep -q unhealthy; do sleep 0.2; done
