# raison: dedans
# Monte le dossier au lancement au lieu de le copier dans l'image.
cat > page/Dockerfile <<'FIN'
FROM busybox
EXPOSE 8080
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
FIN
docker build -t ${IMAGE} page
docker run -d --name ${NOM} -v "$PWD/page/www:/www" -p ${PORT}:8080 ${IMAGE}
