# raison: page-changee
# Reconstruit sans rien changer : tout vient du cache, forcément.
predire rien
docker build -t ${IMAGE}:1 ordre
echo '<p>Correction.</p>' >> ordre/www/index.html
docker build -t ${IMAGE}:2 ordre
docker build -t ${IMAGE}:3 ordre
docker build -t ${IMAGE}:4 ordre
