# raison: publie
# Écarte tout le dossier, avec le fichier à garder.
cat > contexte/.dockerignore <<'FIN'
.env
*.bin
*.log
brouillons
FIN
docker build -t ${IMAGE} contexte
