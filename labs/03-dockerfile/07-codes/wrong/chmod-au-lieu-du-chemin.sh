# raison: repare
# Rend exécutable un fichier qui l'était déjà.
docker run --name ${A} ${IMAGE}:a
docker run --name ${B} ${IMAGE}:b
docker run --name ${C} -m 32m ${IMAGE}:c
chmod +x pannes/a/lancer
docker build -t ${IMAGE}:repare pannes/a
repondre a=chemin b=droits c=memoire
