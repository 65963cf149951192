// SPDX-License-Identifier: MIT
#include "engine/loader.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>

namespace envkeep::engine {

bool concerns_loader(std::string_view path) {
    if (path == "etc/ld.so.conf" || path.starts_with("etc/ld.so.conf.d/")) {
        return true;
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos ||
        path.substr(slash).find(".so") == std::string_view::npos) {
        return false;
    }
    std::string_view folder = path.substr(0, slash);
    const std::size_t last = folder.rfind('/');
    if (last != std::string_view::npos &&
        folder.substr(last).find("-linux-") != std::string_view::npos) {
        folder = folder.substr(0, last);  // lib/x86_64-linux-gnu
    }
    constexpr std::array<std::string_view, 9> folders{"lib",
                                                      "lib32",
                                                      "lib64",
                                                      "usr/lib",
                                                      "usr/lib32",
                                                      "usr/lib64",
                                                      "usr/local/lib",
                                                      "usr/local/lib32",
                                                      "usr/local/lib64"};
    return std::ranges::find(folders, folder) != folders.end();
}

void refresh_loader(const World& world,
                    const snapshot::Layer& layer,
                    const std::vector<snapshot::LayerStep>& steps) {
    if (world.processes == nullptr || world.machine.effective_uid() != 0) {
        return;
    }
    const bool is_needed = std::ranges::any_of(steps, [&](const snapshot::LayerStep& step) {
        return concerns_loader(layer.entries[step.entry].path);
    });
    if (is_needed) {
        static_cast<void>(world.processes->run({.words = {"/sbin/ldconfig"},
                                                .environment = {"PATH=/usr/sbin:/usr/bin"},
                                                .limit = std::chrono::seconds(10)}));
    }
}

}  // namespace envkeep::engine
