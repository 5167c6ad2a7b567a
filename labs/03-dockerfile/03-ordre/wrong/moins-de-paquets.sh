# raison: installes
# Gagne du temps en n'installant plus rien.
predire rien
docker build -t ${IMAGE}:1 ordre
echo '<p>Correction.</p>' >> ordre/www/index.html
docker build -t ${IMAGE}:2 ordre
cat > ordre/Dockerfile <<'FIN'
FROM busybox
RUN mkdir /opt/rien
RUN mkdir /opt/rien2
RUN mkdir /opt/rien3
RUN mkdir /opt/rien4
COPY www /app/www
CMD ["httpd", "-f", "-p", "8080", "-h", "/app/www"]
FIN
docker build -t ${IMAGE}:3 ordre
echo '<p>Encore une.</p>' >> ordre/www/index.html
docker build -t ${IMAGE}:4 ordre
