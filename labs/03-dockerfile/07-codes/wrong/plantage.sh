# raison: cause-c code-du-programme
# Prend 137 pour un plantage du programme.
docker run --name ${A} ${IMAGE}:a
docker run --name ${B} ${IMAGE}:b
docker run --name ${C} -m 32m ${IMAGE}:c
repondre a=chemin b=droits c=programme
