# raison: inscrit
# Demande l'utilisateur à docker run : l'image, elle, n'en dit rien.
predire 0
docker build -t ${IMAGE}:1 utilisateur
cat > utilisateur/Dockerfile <<'FIN'
FROM busybox
COPY --chmod=755 www /www
RUN mkdir /donnees && chown escale /donnees
EXPOSE 8080
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE}:2 utilisateur
docker run -d --name ${NOM} -u escale -p ${PORT}:8080 ${IMAGE}:2
