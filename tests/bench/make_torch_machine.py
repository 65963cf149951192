# SPDX-License-Identifier: MIT
"""Writes a machine as `doctor --root` reads it: a Tesla T4 with driver 535, Debian's Python 3.11 and torch 2.4.1
for CUDA 12.1 with NVIDIA's wheels, in an environment of COUNT files: make_torch_machine.py ROOT COUNT LIBRARY

LIBRARY is any ELF library: each of torch's and NVIDIA's is a sparse file that begins with it."""

import json
import os
import sys

from python_packages import Site, modules

root, count, library = sys.argv[1], int(sys.argv[2]), sys.argv[3]
site = "/usr/local/lib/python3.11/dist-packages"
libraries = "/usr/lib/x86_64-linux-gnu"
with open(library, "rb") as file:
    elf = file.read()
packages = Site(root + site, elf)


def write(path, content="", size=0):
    os.makedirs(os.path.dirname(root + path), exist_ok=True)
    with open(root + path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
        if size:
            file.truncate(size)


def link(path, target):
    os.makedirs(os.path.dirname(root + path), exist_ok=True)
    os.symlink(target, root + path)


card = "/sys/bus/pci/devices/0000:00:05.0"
for name, value in {"vendor": "0x10de", "class": "0x030200", "device": "0x1eb8"}.items():
    write(f"{card}/{name}", value + "\n")
write(f"{card}/config", b"\xde\x10\xb8\x1e")
link(f"{card}/driver", "../../../../bus/pci/drivers/nvidia")
write("/sys/module/nvidia/version", "535.104.05\n")
write("/proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19\n")
write("/proc/devices", "Character devices:\n195 nvidia\n195 nvidiactl\n510 nvidia-uvm\n\nBlock devices:\n")
write("/proc/self/mountinfo")
os.makedirs(root + "/root")
write("/lib64/ld-linux-x86-64.so.2")
for name in ("libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"):
    write(f"{libraries}/{name}.535.104.05", elf, 30 << 20)
    link(f"{libraries}/{name}.1", f"{name}.535.104.05")
write("/proc/200/cmdline", b"/usr/bin/python3\0-m\0ipykernel_launcher\0-f\0x.json\0")
write("/proc/200/environ", b"PATH=/usr/bin:/bin\0HOME=/root\0")
nodes = {
    path: {"mode": 0o666, "major": major, "minor": minor, "access": 0}
    for path, major, minor in (
        ("/dev/nvidiactl", 195, 255),
        ("/dev/nvidia0", 195, 0),
        ("/dev/nvidia-uvm", 510, 0),
    )
}
write("/envkeep-capture.json", json.dumps({"nodes": nodes, "spaces": {}}))

write("/usr/bin/python3.11", "ELF")
os.chmod(root + "/usr/bin/python3.11", 0o755)
link("/usr/bin/python3", "python3.11")
write("/usr/lib/python3.11/os.py")
write("/usr/lib/python3.11/site.py", 'sitepackages.append("dist-packages")\n')
write("/usr/lib/python3.11/lib-dynload/math.so")

parts = "cublas cuda-cupti cuda-nvrtc cuda-runtime cudnn cufft curand cusolver cusparse nccl nvjitlink nvtx"
pins = []
for part in parts.split():
    folder = part.replace("cuda-", "cuda_") if part.startswith("cuda-") else part
    packages.package(f"nvidia-{part}-cu12", "12.1.105", {f"nvidia/{folder}/lib/lib{part}.so.12": 300 << 20})
    pins.append(f"nvidia-{part}-cu12==12.1.105; platform_system == 'Linux'")
torch = modules("torch", 11000)
torch["torch/version.py"] = "__version__ = '2.4.1+cu121'\ncuda: Optional[str] = '12.1'\nhip: Optional[str] = None\n"
torch["torch/_C.cpython-311-x86_64-linux-gnu.so"] = 40 << 10
for i, name in enumerate(("torch", "torch_cpu", "torch_cuda", "torch_python", "c10", "c10_cuda", "shm")):
    torch[f"torch/lib/lib{name}.so"] = (i + 1) << 24
packages.package("torch", "2.4.1+cu121", torch, pins)
packages.package("numpy", "1.26.4", modules("numpy", 900))
packages.fill(count)
print(packages.made)
