predire oui
docker build -t ${IMAGE}:fuite secret
docker run --rm ${IMAGE}:fuite ls /tmp
cat > secret/Dockerfile <<'FIN'
FROM busybox
COPY installer.sh /tmp/
RUN --mount=type=secret,id=jeton sh /tmp/installer.sh /run/secrets/jeton
CMD ["cat", "/opt/licence"]
FIN
docker build --secret id=jeton,src=secret/jeton.txt -t ${IMAGE}:propre secret
docker run --rm ${IMAGE}:propre
