# raison: utilisateur
# Oublie USER.
cat > carnet/.dockerignore <<'FIN'
.env
FIN
cat > carnet/Dockerfile <<'FIN'
FROM busybox
LABEL org.opencontainers.image.version=1.0
COPY --chmod=755 installer.sh depart.sh /app/
RUN sh /app/installer.sh cartes && sh /app/installer.sh marees && sh /app/installer.sh feux
COPY --chmod=755 www /www
HEALTHCHECK --interval=1s --retries=2 CMD wget -q -O /dev/null http://127.0.0.1:8080/cgi-bin/sante || exit 1
CMD ["/app/depart.sh"]
FIN
docker build -t carnet:1.0 carnet
docker run -d --name ${NOM} -p ${PORT}:8080 carnet:1.0
