"""Sources that many recipes compile."""

HELLO_GO = """package main

func main() { println("hello") }
"""
HELLO_SH = """#!/bin/sh
echo hello
"""
HELLO_C = """#include <stdio.h>

int main(void) { return puts("hello") < 0; }
"""
HELLO_CC = """#include <iostream>

int main() { std::cout << "hello" << std::endl; }
"""
WAIT_CC = """#include <condition_variable>
#include <mutex>

int main(int count, char **) {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_lock<std::mutex> lock(mutex);
    bool done = count < 5;
    changed.wait(lock, [&] { return done; });
}
"""
RANDOM_C = """#include <stdlib.h>

int main(void) { return arc4random() == 7; }
"""
RANDOM_CGO = """package main

// #include <stdlib.h>
import "C"

func main() { println(C.arc4random() != 7) }
"""
HELLO_CGO = """package main

// static int six(void) { return 6; }
import "C"

func main() { println(C.six()) }
"""
F_C = """int f(void) { return 0; }
"""
CALLS_F_C = """int f(void);

int main(void) { return f(); }
"""
