# raison: inscrit root-dedans
# Garde root, « puisque c'est root dans un conteneur ».
predire 1000
docker build -t ${IMAGE}:1 utilisateur
cat > utilisateur/Dockerfile <<'FIN'
FROM busybox
COPY --chmod=755 www /www
RUN mkdir /donnees
EXPOSE 8080
USER root
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE}:2 utilisateur
docker run -d --name ${NOM} -p ${PORT}:8080 ${IMAGE}:2
