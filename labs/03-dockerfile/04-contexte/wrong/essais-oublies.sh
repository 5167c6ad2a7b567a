# raison: leger
# Protège la clé, mais laisse entrer les 12 Mo d'essais.
cat > contexte/.dockerignore <<'FIN'
.env
brouillons/*
!brouillons/publie.html
FIN
docker build -t ${IMAGE} contexte
