# raison: code-c
# Lance le troisième avec bien plus de mémoire, et l'arrête à la main.
docker run --name ${A} ${IMAGE}:a
docker run --name ${B} ${IMAGE}:b
docker create --name ${C} ${IMAGE}:c
repondre a=chemin b=droits c=memoire
