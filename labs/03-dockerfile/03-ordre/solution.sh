predire rien
docker build -t ${IMAGE}:1 ordre
echo '<p>Correction.</p>' >> ordre/www/index.html
docker build -t ${IMAGE}:2 ordre
cat > ordre/Dockerfile <<'FIN'
FROM busybox
COPY installer.sh /app/
RUN sh /app/installer.sh serveur
RUN sh /app/installer.sh modeles
RUN sh /app/installer.sh polices
COPY www /app/www
CMD ["httpd", "-f", "-p", "8080", "-h", "/app/www"]
FIN
docker build -t ${IMAGE}:3 ordre
echo '<p>Encore une.</p>' >> ordre/www/index.html
docker build -t ${IMAGE}:4 ordre
