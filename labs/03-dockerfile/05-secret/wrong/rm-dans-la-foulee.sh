# raison: introuvable rm-efface
# Supprime dans le même RUN que l'installation, mais la copie a déjà sa couche.
predire non
docker build -t ${IMAGE}:fuite secret
cat > secret/Dockerfile <<'FIN'
FROM busybox
COPY installer.sh /tmp/
COPY jeton.txt /tmp/
RUN sh /tmp/installer.sh /tmp/jeton.txt && rm /tmp/jeton.txt
CMD ["cat", "/opt/licence"]
FIN
docker build -t ${IMAGE}:propre secret
