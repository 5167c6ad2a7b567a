cat > page/Dockerfile <<'FIN'
FROM busybox
COPY www /www
EXPOSE 8080
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE} page
docker run -d --name ${NOM} -p ${PORT}:8080 ${IMAGE}
curl -s http://127.0.0.1:${PORT}/
