# raison: malade tourne-donc-marche
# Contrôle que la page existe, pas qu'elle répond.
predire exited
cat > sante/Dockerfile <<'FIN'
FROM busybox
COPY --chmod=755 www /www
EXPOSE 8080
USER escale
HEALTHCHECK --interval=1s --retries=2 CMD test -x /www/cgi-bin/sante
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE} sante
docker run -d --name ${SAIN} ${IMAGE}
docker run -d --name ${MALADE} ${IMAGE}
docker exec ${MALADE} touch /tmp/panne
until docker inspect -f '{{.State.Health.Status}}' ${MALADE} | grep -q -w healthy; do sleep 0.2; done
until docker inspect -f '{{.State.Health.Status}}' ${SAIN} | grep -q -w healthy; do sleep 0.2; done
