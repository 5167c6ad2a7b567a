# raison: compteur
# Change d'utilisateur, mais laisse le dossier de données à root.
predire 0
docker build -t ${IMAGE}:1 utilisateur
cat > utilisateur/Dockerfile <<'FIN'
FROM busybox
COPY --chmod=755 www /www
RUN mkdir /donnees
EXPOSE 8080
USER escale
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE}:2 utilisateur
docker run -d --name ${NOM} -p ${PORT}:8080 ${IMAGE}:2
until curl -s http://127.0.0.1:${PORT}/; do sleep 0.1; done
