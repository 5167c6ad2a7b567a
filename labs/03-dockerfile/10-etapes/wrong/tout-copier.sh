# raison: sources
# Copie tout l'atelier dans l'image finale.
predire autant
docker build -t ${IMAGE}:1 etapes
sed -i '/assembler/a RUN rm /outils' etapes/Dockerfile
docker build -t ${IMAGE}:2 etapes
cat > etapes/Dockerfile <<'FIN'
FROM busybox AS atelier
RUN dd if=/dev/urandom of=/outils bs=1048576 count=16
COPY sources /sources
RUN sh /sources/assembler.sh /sources /www
FROM busybox
COPY --from=atelier /outils /outils
COPY --from=atelier /sources /sources
COPY --from=atelier /www /www
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE}:3 etapes
