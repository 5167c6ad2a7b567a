# raison: compresse leger-compresse
# Croit que, compressée, la VM pèse autant que l'image.
predire oui
docker image inspect -f '{{.Size}}' busybox
# lire UN: ^([0-9]+)$
docker image inspect -f '{{.Size}}' ${IMAGE}
# lire TOTAL: ^([0-9]+)$
vm run -d --disk ${DISQUE}m --name ${VM} ${IMAGE}
pgrep -f "escale-${VM} "
# lire PID: ^([0-9]+)$
tr '\0' '\n' < /proc/@PID@/cmdline
K=$(tr '\0' '\n' < /proc/@PID@/cmdline | grep -A1 -x -e -kernel | tail -1)
I=$(tr '\0' '\n' < /proc/@PID@/cmdline | grep -A1 -x -e -initrd | tail -1)
D=$(tr '\0' '\n' < /proc/@PID@/cmdline | sed -n 's/.*,file=\([^,]*\).*/\1/p')
du -B1 $K $I $D
docker run --rm ${IMAGE} sh -c 'cd /; tar -c -f - $(ls | grep -vE "^(proc|sys|dev)$")' | gzip | wc -c
# lire GZ: ^([0-9]+)$
cat > taille.txt <<FIN
couche-1 = @UN@
couche-2 = $((@TOTAL@ - @UN@))
noyau = $(du -B1 $K | cut -f1)
initrd = $(du -B1 $I | cut -f1)
disque = $(du -B1 $D | cut -f1)
image-gz = @GZ@
vm-gz = @GZ@
FIN
