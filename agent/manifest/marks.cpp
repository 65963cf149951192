// SPDX-License-Identifier: MIT
#include "manifest/marks.hpp"

namespace envkeep::manifest {

Manifest without_marks(Manifest manifest) {
    manifest.files.clear();
    const auto clear = [](auto& entries) {
        for (auto& entry : entries) {
            entry.mark = {};
        }
    };
    clear(manifest.keeps);
    clear(manifest.modes);
    clear(manifest.repositories);
    clear(manifest.environment);
    if (manifest.dotfiles) {
        manifest.dotfiles->mark = {};
    }
    if (manifest.packages) {
        manifest.packages->mark = {};
    }
    if (manifest.gpu) {
        manifest.gpu->mark = {};
    }
    if (manifest.doctor) {
        manifest.doctor->mark = {};
    }
    return manifest;
}

}  // namespace envkeep::manifest
