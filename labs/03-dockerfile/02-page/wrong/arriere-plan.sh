# raison: tourne
# Laisse httpd passer en arrière-plan : son conteneur se termine aussitôt.
cat > page/Dockerfile <<'FIN'
FROM busybox
COPY www /www
EXPOSE 8080
CMD ["httpd", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE} page
docker run -d --name ${NOM} -p ${PORT}:8080 ${IMAGE}
docker wait ${NOM}
