# raison: introuvable arg-disparait
# Passe le jeton par un argument de construction : l'historique le garde.
predire oui
docker build -t ${IMAGE}:fuite secret
cat > secret/Dockerfile <<'FIN'
FROM busybox
COPY installer.sh /tmp/
ARG JETON
RUN echo "$JETON" > /tmp/j && sh /tmp/installer.sh /tmp/j && rm /tmp/j
CMD ["cat", "/opt/licence"]
FIN
docker build --build-arg JETON=${JETON} -t ${IMAGE}:propre secret
