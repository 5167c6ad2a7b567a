# raison: propre
# Monte le secret, mais oublie de le donner à docker build : la construction échoue.
predire oui
docker build -t ${IMAGE}:fuite secret
cat > secret/Dockerfile <<'FIN'
FROM busybox
COPY installer.sh /tmp/
RUN --mount=type=secret,id=jeton sh /tmp/installer.sh /run/secrets/jeton
CMD ["cat", "/opt/licence"]
FIN
docker build -t ${IMAGE}:propre secret
