"""Web pages as the headset shows them during an enrollment, and the person in front of them."""
