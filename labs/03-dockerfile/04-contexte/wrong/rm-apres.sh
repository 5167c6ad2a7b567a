# raison: cle rm-efface
# Supprime dans une étape suivante ce que COPY a déjà figé dans une couche.
cat > contexte/Dockerfile <<'FIN'
FROM busybox
COPY . /app
RUN rm /app/.env /app/essais.bin /app/acces.log /app/brouillons/a-revoir.html
CMD ["httpd", "-f", "-p", "8080", "-h", "/app/www"]
FIN
docker build -t ${IMAGE} contexte
