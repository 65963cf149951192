// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/ssh_settings.hpp"

#include <map>
#include <string>

namespace envkeep::git {

// A machine with these files, by absolute path, and a user "me" whose home is /home/me.
class SshFiles {
  public:
    SshFiles& file(const std::string& path, std::string content);
    SshFiles& variable(const std::string& name, std::string value);

    [[nodiscard]] SshConfigReader reader() const;

  private:
    std::map<std::string, std::string> files_;
    std::map<std::string, std::string> variables_;
};

}  // namespace envkeep::git
