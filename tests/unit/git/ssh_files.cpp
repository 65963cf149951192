// SPDX-License-Identifier: MIT
#include "unit/git/ssh_files.hpp"

namespace envkeep::git {

SshFiles& SshFiles::file(const std::string& path, std::string content) {
    files_[path] = std::move(content);
    return *this;
}

SshFiles& SshFiles::variable(const std::string& name, std::string value) {
    variables_[name] = std::move(value);
    return *this;
}

SshConfigReader SshFiles::reader() const {
    return {.read = [this](const std::string& path) -> Result<std::string> {
                const auto found = files_.find(path);
                if (found == files_.end()) {
                    return failure(ErrorKind::not_found, "no such file");
                }
                return found->second;
            },
            .names_in =
                [this](const std::string& folder) {
                    std::vector<std::string> names;
                    for (const auto& [path, content] : files_) {
                        if (path.starts_with(folder + "/")) {
                            const std::string rest = path.substr(folder.size() + 1);
                            const std::string name = rest.substr(0, rest.find('/'));
                            if (names.empty() || names.back() != name) {
                                names.push_back(name);
                            }
                        }
                    }
                    return names;
                },
            .variable = [this](std::string_view name) -> std::optional<std::string> {
                const auto found = variables_.find(std::string(name));
                return found == variables_.end() ? std::nullopt : std::optional(found->second);
            },
            .home = "/home/me",
            .local_user = "me",
            .local_host = "nb1.cluster",
            .uid = 1000};
}

}  // namespace envkeep::git
