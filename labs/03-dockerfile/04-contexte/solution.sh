cat > contexte/.dockerignore <<'FIN'
.env
*.bin
*.log
brouillons/*
!brouillons/publie.html
FIN
docker build -t ${IMAGE} contexte
docker run --rm ${IMAGE} find /app
