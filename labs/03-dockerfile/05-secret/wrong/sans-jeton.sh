# raison: licence
# Évite le secret en écrivant une licence inventée.
predire oui
docker build -t ${IMAGE}:fuite secret
cat > secret/Dockerfile <<'FIN'
FROM busybox
RUN mkdir -p /opt && echo licence > /opt/licence
CMD ["cat", "/opt/licence"]
FIN
docker build -t ${IMAGE}:propre secret
