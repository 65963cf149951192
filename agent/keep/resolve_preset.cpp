// SPDX-License-Identifier: MIT
#include "keep/resolve_preset.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::keep {
namespace {

// Home paths that hold tokens and passwords in plain text; of a folder all that is below it.
constexpr auto secret_paths = std::to_array<std::string_view>({
    ".aws",
    ".azure",
    ".cache/huggingface/stored_tokens",
    ".cache/huggingface/token",
    ".cargo/credentials.toml",
    ".config/gh/hosts.yml",
    ".config/git/credentials",
    ".config/rclone/rclone.conf",
    ".docker/config.json",
    ".git-credentials",
    ".gnupg",
    ".huggingface/token",
    ".kaggle",
    ".kube/config",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".wandb/settings",
});

}  // namespace

manifest::Preset preset_of(const manifest::Keep& keep, const NamedPath& path) {
    if (keep.preset) {
        return *keep.preset;
    }
    if (!path.is_in_home) {
        return manifest::Preset::none;
    }
    if (is_path_within(path.below.text(), ".ssh")) {
        return manifest::Preset::ssh;
    }
    const bool is_secret =
        std::any_of(secret_paths.begin(), secret_paths.end(), [&](std::string_view secret) {
            return is_path_within(path.below.text(), secret);
        });
    return is_secret ? manifest::Preset::secrets : manifest::Preset::none;
}

Form form_of(const manifest::Keep& keep, manifest::Preset preset, bool modes_honoured) {
    const bool needs_modes = preset != manifest::Preset::none && !modes_honoured;
    return keep.how == manifest::How::copy || needs_modes ? Form::copy : Form::link;
}

}  // namespace envkeep::keep
