#!/bin/sh
# server.sh ROOT [SOCKET]: a server for tests, in namespaces of its own (`unshare --mount --pid --fork --net` runs this): ROOT
# below a writable layer that goes with it, a network with nothing but its loopback, and an ssh server on port 22. Root's
# password is "first-Password". The Docker engine at SOCKET is the server's own.
set -e
root=$1
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/server
mount -t overlay overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/server
cd /mnt/server
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
ip link set lo up
if [ -n "${2:-}" ]; then
    touch run/docker.sock
    mount --bind "$2" run/docker.sock
fi
: >etc/apt/sources.list
mkdir -p run/sshd
exec chroot . /bin/sh -c 'ssh-keygen -A >/dev/null && echo "root:first-Password" | chpasswd &&
    printf "PermitRootLogin yes\nMaxStartups 200\n" >>/etc/ssh/sshd_config && /usr/sbin/sshd && echo ready && exec sleep infinity'
