# raison: publie expose-publie
# Compte sur EXPOSE pour publier le port.
cat > page/Dockerfile <<'FIN'
FROM busybox
COPY www /www
EXPOSE 8080
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE} page
docker run -d --name ${NOM} ${IMAGE}
