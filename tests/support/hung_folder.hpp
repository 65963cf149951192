// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace envkeep::testing {

// A folder whose file system takes requests and answers none: whoever looks into it hangs in the
// kernel, and not even SIGKILL ends him, for as long as this lives. Make it in OwnMounts, and look
// nowhere into it yourself.
class HungFolder {
  public:
    [[nodiscard]] static bool is_possible();

    // Over a folder that is there. Throws std::system_error.
    explicit HungFolder(const std::string& point);
    HungFolder(const HungFolder&) = delete;
    HungFolder& operator=(const HungFolder&) = delete;
    HungFolder(HungFolder&&) = delete;
    HungFolder& operator=(HungFolder&&) = delete;
    ~HungFolder();

    // Waits until somebody hangs in it.
    void take_request() const;

    // Whoever hangs gets an error.
    void let_go();

  private:
    std::string point_;
    int server_;
};

}  // namespace envkeep::testing
