# raison: brouillon contexte-filtre
# Écrit les motifs dans .gitignore, que docker build ne lit pas.
cat > contexte/.gitignore <<'FIN'
.env
*.bin
*.log
brouillons/*
!brouillons/publie.html
FIN
docker build -t ${IMAGE} contexte
