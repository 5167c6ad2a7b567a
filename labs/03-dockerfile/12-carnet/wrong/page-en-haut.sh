# raison: cache ordre-indifferent
# Copie la page avant d'installer les paquets.
cat > carnet/Dockerfile <<'FIN'
FROM busybox
LABEL org.opencontainers.image.version=1.0
COPY --chmod=755 www /www
COPY --chmod=755 installer.sh depart.sh /app/
RUN sh /app/installer.sh cartes
RUN sh /app/installer.sh marees
RUN sh /app/installer.sh feux
USER escale
HEALTHCHECK --interval=1s --retries=2 CMD wget -q -O /dev/null http://127.0.0.1:8080/cgi-bin/sante || exit 1
CMD ["/app/depart.sh"]
FIN
docker build -t carnet:1.0 carnet
docker run -d --name ${NOM} -p ${PORT}:8080 carnet:1.0
echo '<p>Vu un phare.</p>' >> carnet/www/index.html
docker build -t carnet:1.1 carnet
until docker inspect -f '{{.State.Health.Status}}' ${NOM} | grep -q -w healthy; do sleep 0.2; done
